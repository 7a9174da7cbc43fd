/** An expression that would cost more than it may; nothing inside the expression can catch it. */
export class CelCostError extends Error {
  override readonly name = 'CelCostError';
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** What an expression may cost: about one for each turn of a loop, and for each ten characters or items that it makes. */
export class Budget {
  #left: number;
  #leftForCall = 0;

  constructor(total: number) {
    this.#left = total;
  }

  /** Begins another expression, with a limit of its own. */
  begin(limit: number): void {
    this.#leftForCall = Math.min(limit, this.#left);
    this.#left -= this.#leftForCall;
  }

  /** Gives back what the expression did not need. */
  end(): void {
    this.#left += Math.max(0, this.#leftForCall);
  }

  charge(cost: number): void {
    this.#leftForCall -= cost;
    if (this.#leftForCall < 0) throw new CelCostError();
  }
}

/** Expressions run to their end without a pause: one budget is in use at a time. */
let current: Budget | undefined;

/** Runs something under a budget, with a limit of its own. */
export function withBudget<T>(budget: Budget, limit: number, run: () => T): T {
  const before = current;
  current = budget;
  budget.begin(limit);
  try {
    return run();
  } finally {
    budget.end();
    current = before;
  }
}

/** Takes a cost from the budget in use. */
export function charge(cost: number): void {
  current?.charge(cost);
}

/** What it costs to make a value. */
export function chargeFor<T>(value: T): T {
  const size = typeof value === 'string' || Array.isArray(value) ? value.length : 0;
  charge(1 + size / 10);
  return value;
}
