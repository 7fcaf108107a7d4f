/** @file The ways in which a model can answer, the best first. */
import type { Graph } from '../onnx/index.ts';
import { isPast, mayPadLeft } from '../passes/index.ts';
import type { Backend, Session } from '../runtime/index.ts';
import type { Adaptation } from './adaptation.ts';
import { AdaptedDecoder, padsSurely } from './adapted-decoder.ts';
import { cacheInputs, type HeadSizes } from './cache.ts';
import { rowsOf, type Decoder } from './decoder.ts';
import { FileDecoder } from './file-decoder.ts';
import { checkBuffers, rowsAtOnce } from './parts.ts';
import type { SessionKind, Sessions } from './sessions.ts';

/** A way to answer, and whether an adapter changes what is said. */
export interface Way {
  isAdapted: boolean;
  /** The sessions that it takes. */
  kinds: () => SessionKind[];
  make: () => Promise<Decoder>;
}

export interface Answerable {
  /** As it was read. */
  file: Graph;
  /** Null where adapters go nowhere. */
  adaptation: Adaptation | null;
  sessions: Sessions;
  backend: Backend;
  pad: number;
  /** What the configuration tells of the cache's sizes. */
  told: HeadSizes;
}

/** With adapters and a cache, with adapters and without one, and by the file's own kernels. */
export function waysToAnswer({
  file,
  adaptation,
  sessions,
  backend,
  pad,
  told,
}: Answerable): Way[] {
  const ofFile: Way = {
    isAdapted: false,
    kinds: () => ['file'],
    make: async () => new FileDecoder(backend, await sessions.get('file'), file, pad, told),
  };
  if (!adaptation) return [ofFile];
  const { source } = adaptation;
  const adapted = (kind: 'decode' | 'whole'): Way => {
    const kinds = (): SessionKind[] =>
      kind === 'decode' && sessions.step ? ['decode', 'step'] : [kind];
    const make = async (): Promise<Decoder> => {
      const opened: Session[] = [];
      for (const each of kinds()) {
        checkBuffers(sessions.graph(each), sessions.bufferLimit);
        opened.push(await sessions.get(each));
      }
      const [session, step] = opened as [Session, Session?];
      const graph = sessions.graph(kind);
      const cache = cacheInputs(step ? sessions.graph('step') : graph);
      return new AdaptedDecoder({
        backend,
        session,
        ...(step && { step }),
        mayPad: step ? (sessions.step?.mayPad ?? false) : mayPadLeft(source),
        padsSurely: step !== undefined || cache.length === 0 || padsSurely(source),
        pad,
        cache,
        rowsAtOnce: (time) =>
          Math.min(rowsOf(graph), rowsAtOnce(graph, time, sessions.bufferLimit)),
      });
    };
    return { isAdapted: true, kinds, make };
  };
  const hasCache = source.inputs.some(isPast) || adaptation.step !== null;
  return [adapted('decode'), ...(hasCache ? [adapted('whole')] : []), ofFile];
}
