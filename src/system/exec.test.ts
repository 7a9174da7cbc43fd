import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine, exec, ExecError } from './exec.ts';

test('output, stdin and exit code come back', async () => {
  const result = await exec(['sh', '-c', 'cat; echo err >&2; exit 3'], { input: 'hello', acceptExitCodes: [0, 3] });
  assert.deepEqual(result, { exitCode: 3, stdout: 'hello', stderr: 'err\n' });
});

const failures: Record<string, { run: () => Promise<unknown>; code: string; message: RegExp }> = {
  'exit code': {
    run: () => exec(['sh', '-c', 'echo what is wrong >&2; exit 2']),
    code: 'EXEC_FAILED',
    message: /^sh -c 'echo what is wrong >&2; exit 2': exit code 2: what is wrong$/,
  },
  'not installed': { run: () => exec(['/nonexistent/tool']), code: 'EXEC_NOT_FOUND', message: /command not found/ },
  'too slow': {
    run: () => exec(['sleep', '30'], { timeoutMs: 30 }),
    code: 'EXEC_TIMED_OUT',
    message: /^sleep 30: not finished after 30 ms$/,
  },
  aborted: {
    run: () => exec(['sleep', '30'], { signal: AbortSignal.timeout(30) }),
    code: 'EXEC_ABORTED',
    message: /aborted/,
  },
  'too much output': {
    run: () => exec(['sh', '-c', 'head -c 100000 /dev/zero'], { maxOutputBytes: 1000 }),
    code: 'EXEC_TOO_MUCH_OUTPUT',
    message: /printed too much/,
  },
  killed: { run: () => exec(['sh', '-c', 'kill -9 $$']), code: 'EXEC_FAILED', message: /killed by SIGKILL/ },
};

for (const [name, { run, code, message }] of Object.entries(failures)) {
  test(`fails clearly: ${name}`, async () => {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof ExecError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('the command line in messages is quoted as a shell needs it', () => {
  assert.equal(commandLine(['ip', 'link', "it's"]), `ip link 'it'\\''s'`);
});
