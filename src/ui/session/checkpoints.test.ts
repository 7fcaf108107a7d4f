import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelInfo } from 'lethe-lora/engine';
import type { Trouble } from '../../storage/index.ts';
import type { LabApi } from '../../worker/index.ts';
import { Checkpoints } from './checkpoints.ts';
import { askToPersist, isPersisted, measureSpace } from './quota.ts';
import { Session } from './session.svelte.ts';

let shown: () => void;

beforeEach(() => {
  vi.stubGlobal('document', {
    hidden: false,
    addEventListener: (_name: string, listener: () => void) => {
      shown = listener;
    },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A page whose laboratory tells of this trouble, time after time. */
function page(...troubles: (Trouble | null)[]) {
  const session = new Session();
  session.info = { digest: 'd', adapterParameters: 1 } as ModelInfo;
  const api = {
    history: vi.fn(() =>
      Promise.resolve({
        checkpoints: [],
        damaged: [],
        named: [],
        unsaved: [] as string[],
        trouble: troubles.length > 1 ? (troubles.shift() ?? null) : (troubles[0] ?? null),
      }),
    ),
  };
  const checkpoints = new Checkpoints(api as unknown as LabApi, session, {} as never, {} as never);
  return { session, api, checkpoints };
}

describe('the history on the page', () => {
  it('works where the browser refuses a channel between tabs', async () => {
    vi.stubGlobal('BroadcastChannel', function () {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    });
    const { checkpoints, session, api } = page(null);
    await checkpoints.changed();
    expect(api.history).toHaveBeenCalledOnce();
    expect(session.notice).toBeNull();
  });

  it('says once why nothing is stored', async () => {
    const { checkpoints, session } = page('refused');
    await checkpoints.refresh();
    expect(session.notice).toMatchObject({
      words: expect.stringMatching(/store nothing/) as string,
    });
    session.tell(null);
    await checkpoints.refresh();
    expect(session.notice).toBeNull();
  });

  it('says nothing of its own where that is said beside what would be lost', async () => {
    const { checkpoints, session, api } = page('full');
    api.history.mockResolvedValueOnce({
      checkpoints: [],
      damaged: [],
      named: [],
      unsaved: ['a'],
      trouble: 'full',
    });
    await checkpoints.refresh();
    expect(session).toMatchObject({ notice: null, unsaved: ['a'], trouble: 'full' });
  });

  it('looks again when the visitor comes back, as long as nothing is stored', async () => {
    const { checkpoints, session, api } = page('refused', null);
    await checkpoints.refresh();
    shown();
    await vi.waitFor(() => {
      expect(session.trouble).toBeNull();
    });
    shown();
    expect(api.history).toHaveBeenCalledTimes(2);
  });
});

describe('the room that the browser gives', () => {
  it('is unknown where it does not say, and cannot be asked to keep anything', async () => {
    vi.stubGlobal('navigator', {});
    expect(await measureSpace()).toBeNull();
    expect(await isPersisted()).toBeNull();
    expect(await askToPersist()).toBeNull();
  });
});
