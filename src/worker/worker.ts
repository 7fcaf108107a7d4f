/** @file The worker's entry: the laboratory behind a message port. */
import { expose } from 'comlink';
import { Laboratory } from './laboratory.ts';

expose(new Laboratory());
