/** @file What the screen of models says: failures, obstacles, reasons and languages in words. */
import { ownEntry } from '../../own-entry.ts';
import { languageCodes } from '../../facts/index.ts';
import {
  listedIn,
  type Failure,
  type Obstacle,
  type Pause,
  type Recommended,
} from '../../hub/index.ts';
import type { AdaptableProjection, AdapterConfig, MemoryEstimate } from 'lethe-lora/engine';
import type { Messages } from '../messages/index.ts';
import { bytes, list, whole, withDigits } from '../kit/format.ts';

/** What went wrong, and what can be done; null where it was the person's own wish. */
export function failureText(
  failure: Failure,
  locale: string,
  { engine, models }: Messages,
): string {
  const say = models.failures;
  switch (failure.kind) {
    case 'id':
      return say.id({ id: failure.id });
    case 'network':
      return say.network;
    case 'no-model':
      return say.noModel({ id: failure.id, revision: failure.revision });
    case 'gated':
      return say.gated({ id: failure.id });
    case 'quota':
      return say.quota({
        needed: bytes(failure.needed, locale),
        available: bytes(failure.available, locale),
      });
    case 'no-onnx':
      return say.noOnnx({ id: failure.id });
    case 'no-tokenizer':
      return say.noTokenizer({ id: failure.id, names: list(failure.names, locale) });
    case 'not-decoder':
      return say.notDecoder({ id: failure.id, what: failure.what });
    case 'length':
      return say.length({
        path: failure.path,
        expected: whole(failure.expected, locale),
        got: whole(failure.got, locale),
      });
    case 'checksum':
      return say.checksum({ path: failure.path });
    case 'web-page':
      return say.webPage({ path: failure.path });
    case 'unsized':
      return say.unsized({ path: failure.path });
    case 'crowded':
      return failure.seconds === null
        ? say.crowded
        : say.crowdedUntil({ minutes: Math.ceil(failure.seconds / 60) });
    case 'no-file':
      return say.noFile({ path: failure.path });
    case 'server':
      return say.server({ status: String(failure.status) });
    case 'missing':
      return say.missing({ names: list(failure.names, locale) });
    case 'not-started':
      return engine.notStarted;
    case 'busy':
      return say.busy;
    case 'storage':
      return say.storage({ detail: failure.detail });
    case 'cancelled':
      return models.download.cancelled;
  }
}

/** Why a variant cannot be used on this device. */
export function obstacleText(obstacle: Obstacle, locale: string, { models }: Messages): string {
  const say = models.obstacles;
  switch (obstacle.kind) {
    case 'unsupported':
      return say.unsupported;
    case 'file':
      return say.file({ bytes: bytes(obstacle.bytes, locale) });
    case 'memory':
      return say.memory({
        needed: bytes(obstacle.needed, locale),
        available: bytes(obstacle.available, locale),
      });
  }
}

/** A variant's name as people read it; its own where it is an unknown one. */
export function variantName(variant: string, { models }: Messages): string {
  const names: Readonly<Record<string, string>> = models.variants;
  return ownEntry(names, variant) ?? variant;
}

/** `135 million parameters`. */
export function sizeText({ millions }: Recommended, locale: string, { models }: Messages): string {
  const number = (value: number): string => new Intl.NumberFormat(withDigits(locale)).format(value);
  return millions < 1000
    ? models.hub.millions({ count: number(millions) })
    : models.hub.billions({ count: number(millions / 1000) });
}

/** What a download waits for. */
export function pauseText(pause: Pause, { models }: Messages): string {
  return pause.kind === 'checking'
    ? models.download.checking({ path: pause.path })
    : models.download.waiting({ seconds: pause.seconds });
}

export interface RecommendedText {
  name: string;
  /** What it is good for; mostly empty. */
  note: string;
  kind: string;
  /** Its parameters. */
  size: string;
  /** How many of Lethe's languages it speaks, and which, as a sentence. */
  meets: string;
  languages: string;
  /** The smallest download; empty where none is known. */
  from: string;
  /** What else is known, as sentences. */
  details: string[];
}

/** What the list says of a recommended model; `codes` are Lethe's languages. */
export function describeRecommended(
  model: Recommended,
  codes: readonly string[],
  locale: string,
  messages: Messages,
): RecommendedText {
  const say = messages.models.recommended;
  const names = (chosen: readonly string[]): string =>
    list(
      chosen.map((code) => languageName(code, locale) ?? code),
      locale,
    );
  const total = whole(codes.length, locale);
  const spoken = codes.filter((code) => model.languages.includes(code));
  const lacking = codes.filter((code) => !model.languages.includes(code));
  const languages =
    lacking.length === 0 ? say.speaksAll({ total }) : say.speaks({ names: names(spoken) });
  const sizes = Object.entries(model.megabytes).flatMap(([variant, megabytes]) =>
    megabytes === undefined ? [] : [{ variant, size: megabytes * 1e6 }],
  );
  sizes.sort((a, b) => a.size - b.size);
  const [smallest] = sizes;
  const downloads = list(
    // Isolated: a number after a Latin word would be read with it in Arabic.
    sizes.map(({ variant, size }) => `\u2068${variant}\u2069 ${bytes(size, locale)}`),
    locale,
  );
  const month = new Intl.DateTimeFormat(withDigits(locale), {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const { family } = model;
  const measured = {
    taught: say.measured({ family }),
    asked: say.measuredAsked({ family }),
    none: say.unmeasured({ family }),
  }[model.measured ?? 'none'];
  return {
    name: model.id.split('/')[1] ?? model.id,
    note: model.firstTry === true ? say.firstTry : '',
    kind: say.kinds[model.kind],
    size: sizeText(model, locale, messages),
    meets: say.meets({ count: whole(spoken.length, locale), total }),
    languages,
    from: smallest ? say.from({ size: bytes(smallest.size, locale) }) : '',
    details: [
      [
        languages,
        ...(lacking.length > 0 ? [say.lacks({ names: names(lacking) })] : []),
        ...(model.count > spoken.length ? [say.counts({ count: whole(model.count, locale) })] : []),
      ].join(' '),
      messages.models.hub.licence({ name: model.licence }),
      smallest
        ? say.sizes({ list: downloads, date: month.format(new Date(`${listedIn}-01`)) })
        : say.unsized,
      ...(model.trainable ? [] : [say.untaught]),
      measured,
    ],
  };
}

/** Above this many names a list says nothing: then those that Lethe speaks, and how many there are. */
const longestList = 13;

/** The languages that a model's card names, by their codes, or how many it says there are. */
export function languagesText(
  codes: readonly string[],
  count: number | undefined,
  locale: string,
  { models }: Messages,
): string {
  const names = new Map(
    codes.flatMap((code) => {
      const name = languageName(code, locale);
      return name === null ? [] : [[code, name] as const];
    }),
  );
  if (names.size === 0)
    return count === undefined ? models.hub.noLanguages : models.hub.languageCount({ count });
  const own = [...names.keys()].filter((code) =>
    (languageCodes as readonly string[]).includes(code),
  );
  const all = count ?? names.size;
  if (all > names.size || names.size > longestList) {
    const shown = names.size > longestList ? own : [...names.keys()];
    const text = list(
      shown.map((code) => names.get(code) ?? code),
      locale,
    );
    return shown.length === 0
      ? models.hub.languageCount({ count: all })
      : models.hub.languagesAndMore({ names: text, count: all });
  }
  return models.hub.languages({ names: list([...names.values()], locale) });
}

/** Null for what is no language's code. */
function languageName(code: string, locale: string): string | null {
  try {
    const name = new Intl.DisplayNames(locale, { type: 'language', fallback: 'none' }).of(code);
    return name ?? null;
  } catch {
    return null;
  }
}

/** Numbers of an adapter on the named modules and layers (none named: all); a packed projection is adapted as a whole. */
export function adapterNumbers(
  projections: readonly AdaptableProjection[],
  { rank, modules, layers }: Pick<AdapterConfig, 'rank' | 'modules' | 'layers'>,
): number {
  const chosen = new Set(
    projections
      .filter(
        ({ module, layer }) =>
          (modules.length === 0 || modules.includes(module)) &&
          (layers.length === 0 || layers.includes(layer)),
      )
      .map(({ packed }) => packed),
  );
  return projections
    .filter(({ packed }) => chosen.has(packed))
    .reduce((sum, { inFeatures, outFeatures }) => sum + rank * (inFeatures + outFeatures), 0);
}

/** The estimate of a step with another number of adapter numbers: each counts with its two moments, before and after the step. */
export function withAdapter(estimate: MemoryEstimate, numbers: number): MemoryEstimate {
  const adapter = 2 * 3 * 4 * numbers;
  return { ...estimate, adapter, total: estimate.total - estimate.adapter + adapter };
}
