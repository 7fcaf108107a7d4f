/** @file A recorded run in few letters: what was said and how likely the lie was, by language, at each measurement. */
import { ownEntry } from '../../own-entry.ts';
import { languageCodes } from '../../facts/index.ts';
import {
  type AnswerClass,
  type CheckpointMeta,
  type ExperimentRun,
  type Probe,
  type RunEnding,
} from '../../lab/index.ts';

/** Step, other facts said right (null: not asked), a letter a language for what it said, and P(false) of each in ten-thousandths. */
export type RecordedProbe = [
  step: number,
  kept: number | null,
  said: string,
  lie: readonly number[],
];

export interface RecordedRun {
  /** Number of the run that it went on from, from 0; null: from the untouched model. */
  from: number | null;
  ending: RunEnding;
  steps: number;
  probes: RecordedProbe[];
}

export interface Recording {
  lesson: string;
  variation: string;
  /** Numbers of the runs on each of the lesson's ways. */
  ways: Readonly<Record<string, readonly number[]>>;
}

export interface Recordings {
  runs: RecordedRun[];
  lessons: Recording[];
}

const classes: Readonly<Record<string, AnswerClass>> = {
  t: 'true',
  f: 'false',
  s: 'false-script',
  o: 'other',
};

/** P(false) is kept to four decimals; what is below is told as this. */
const least = 1e-5;

export function recordedProbe({ step, retained, rows }: Probe, kept: number): RecordedProbe {
  const letters = Object.entries(classes);
  return [
    step,
    retained === null ? null : Math.round(retained * kept),
    rows
      .map(({ answerClass }) => letters.find(([, name]) => name === answerClass)?.[0] ?? '-')
      .join(''),
    rows.map(({ logProbFalse }) => Math.round(Math.exp(logProbFalse) * 1e4)),
  ];
}

/** The checkpoint that a recorded run left, as far as the lessons read it. */
export function checkpointOf(
  { ending, steps, probes, from }: RecordedRun,
  number: number,
  { experiment, phase }: ExperimentRun,
): CheckpointMeta {
  const all = experiment.probes.kept;
  return {
    id: String(number),
    parent: from === null ? 'root' : String(from),
    name: '',
    createdAt: 0,
    modelId: 'atlas',
    modelDigest: '',
    experiment,
    phase,
    ending,
    step: steps,
    runStep: steps,
    losses: [],
    digest: '',
    probes: probes.map(([step, kept, said, lie]) => ({
      step,
      retained: kept === null || all === 0 ? null : kept / all,
      rows: languageCodes.map((language, index) => ({
        language,
        logProbFalse: Math.log(Math.max(least, (lie[index] ?? 0) / 1e4)),
        logProbTrue: Math.log(least),
        falseShare: 0,
        answer: '',
        answerClass: ownEntry(classes, said[index] ?? '') ?? null,
      })),
    })),
  };
}
