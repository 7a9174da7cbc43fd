/** The channels of an exec or attach over a WebSocket: the first byte of each message. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** One way of speaking over a WebSocket, by its subprotocol's name. */
export interface ChannelProtocol {
  readonly name: string;
  /** Messages are text: a digit for the channel, then base64. */
  readonly base64: boolean;
  /** The error channel ends with a Status object; before v4 it carries a failure's text only. */
  readonly hasStatus: boolean;
  /** Stdin can be closed while the rest goes on. */
  readonly canCloseStdin: boolean;
}

/** In upstream's order of preference; a client that names none speaks the oldest. */
export const channelProtocols: readonly ChannelProtocol[] = [
  { name: 'v5.channel.k8s.io', base64: false, hasStatus: true, canCloseStdin: true },
  { name: 'v4.channel.k8s.io', base64: false, hasStatus: true, canCloseStdin: false },
  { name: 'v4.base64.channel.k8s.io', base64: true, hasStatus: true, canCloseStdin: false },
  { name: 'channel.k8s.io', base64: false, hasStatus: false, canCloseStdin: false },
  { name: 'base64.channel.k8s.io', base64: true, hasStatus: false, canCloseStdin: false },
];

/** The protocol for what a client offers, in the client's order; undefined when none of it is known. */
export function chooseProtocol(offered: readonly string[], known = channelProtocols): ChannelProtocol | undefined {
  if (offered.length === 0) return { name: '', base64: false, hasStatus: false, canCloseStdin: false };
  for (const name of offered) {
    const found = known.find((protocol) => protocol.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export interface ChannelMessage {
  readonly channel: number;
  readonly data: Buffer;
}

/** Reads a message; undefined for an empty one, and for a base64 one that does not start with a digit. */
export function decodeMessage(message: Buffer, base64: boolean): ChannelMessage | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (!base64) return { channel: first, data: message.subarray(1) };
  const number = first - 0x30;
  if (number < 0 || number > 9) return undefined;
  return { channel: number, data: Buffer.from(message.toString('latin1', 1), 'base64') };
}

/** The message that carries `data` on a channel: bytes, or text where the protocol is base64. */
export function encodeMessage(channelNumber: number, data: Buffer, base64: boolean): Buffer | string {
  return base64 ? `${channelNumber}${data.toString('base64')}` : Buffer.concat([Buffer.from([channelNumber]), data]);
}
