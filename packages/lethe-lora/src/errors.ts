/** @file Errors of the library: each has a `code` to branch on, and a message that says what to do. */
import { CapabilityError, DivergedError, MemoryError } from './engine.ts';

/** What went wrong, for programs. */
export type LetheErrorCode =
  /** An option has a name or a value that the library does not take. */
  | 'invalid_option'
  /** A file of a model or adapter is not where it was looked for. */
  | 'file_not_found'
  /** An adapter does not belong to this model, or uses something that the library does not have. */
  | 'invalid_adapter'
  /** No adapter has this name, or one has it already. */
  | 'adapter_name'
  /** The model cannot do this here; it may do other things. */
  | 'not_supported'
  /** A text has more tokens than the model reads. */
  | 'too_long'
  /** A row of a data set has none of the forms that the trainer reads. */
  | 'invalid_dataset'
  /** The loss is no number any more: the state is the one before that step. */
  | 'diverged'
  /** A step would need more memory than there is. */
  | 'out_of_memory'
  /** A checkpoint belongs to another run. */
  | 'invalid_checkpoint';

/**
 * Every error that the library raises by itself. What ONNX Runtime raises comes through as it is, and an aborted call rejects with the reason
 * of its `AbortSignal`.
 *
 * @example
 * ```js
 * import { LetheError, LoraConfig } from 'lethe-lora';
 *
 * try {
 *   // @ts-expect-error: the types refuse it, too.
 *   new LoraConfig({ rank: 8 });
 * } catch (error) {
 *   if (!(error instanceof LetheError)) throw error;
 *   console.log(error.code, error.message); // invalid_option LoraConfig has no option "rank". Did you mean "r"? …
 * }
 * ```
 */
export class LetheError extends Error {
  /** What went wrong, for programs. */
  readonly code: LetheErrorCode;

  constructor(code: LetheErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LetheError';
    this.code = code;
  }
}

/** An option's name or value is refused; `option` names it. */
export class InvalidOptionError extends LetheError {
  /** The option's name. */
  readonly option: string;

  constructor(option: string, message: string) {
    super('invalid_option', message);
    this.name = 'InvalidOptionError';
    this.option = option;
  }
}

/** An error of the engine with a code; others as they are. */
export function withCode(error: unknown): unknown {
  if (error instanceof DivergedError)
    return new LetheError(
      'diverged',
      `${error.message} Choose a smaller learning_rate, or a warm-up.`,
      error,
    );
  if (error instanceof MemoryError) return new LetheError('out_of_memory', error.message, error);
  if (error instanceof CapabilityError)
    return new LetheError('not_supported', error.message, error);
  const message = error instanceof Error ? error.message : '';
  if (message.includes('chat template'))
    return new LetheError('not_supported', `${message} Give texts in place of messages.`, error);
  if (message.includes('too long for this model'))
    return new LetheError('too_long', message, error);
  return error;
}
