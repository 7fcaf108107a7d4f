/** @file The sweep worker's entry: one sweep behind a message port. */
import { expose } from 'comlink';
import { Sweeper } from './sweeper.ts';

expose(new Sweeper());
