/** @file The face of `src/worker`: only the page's end; the worker itself is its own entry. */
export { createLab, type LabClient } from './client.ts';
