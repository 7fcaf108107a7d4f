/** @file Drawings and tables as files. */
export { toCsv, type CsvValue, type DataTable } from './csv.ts';
export { toPng } from './png.ts';
export { standaloneSvg, type Caption } from './svg.ts';
