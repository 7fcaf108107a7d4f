/** @file `npm ci` ends with it: writes the type of the catalogues. Vite and Vitest do so too when they begin. */
import { writeType } from './catalogue.ts';

writeType();
