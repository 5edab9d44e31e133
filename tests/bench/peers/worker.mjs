// Answers a small card as a PNG: node worker.mjs REDIS_PORT CONCURRENCY [PYTHON ENGINES]. Draws it itself, a gradient that the seed shifts, or has it drawn
// by as many warm engine processes.
import { Worker } from 'bullmq';
import { crc32, deflateSync } from 'node:zlib';
import { startEngines } from './engines.mjs';

const [redisPort, concurrency] = process.argv.slice(2, 4).map(Number);
const [python, engines] = process.argv.slice(4);

const chunk = (name, data) => {
  const body = Buffer.concat([Buffer.from(name), data]);
  const head = Buffer.alloc(4);
  const tail = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
};

const draw = ({ width, height, seed }) => {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0, at = 0; y < height; y++) {
    rows[at++] = 0;
    for (let x = 0; x < width; x++) {
      rows[at++] = (x * 4 + seed) & 255;
      rows[at++] = (y * 4 + seed) & 255;
      rows[at++] = (seed * 7) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ]);
};

const drawn = python ? startEngines(python, Number(engines)) : (data) => draw(data).toString('base64');
const answer = async (job) => drawn(job.data);
const worker = new Worker('cards', answer, { connection: { host: '127.0.0.1', port: redisPort }, concurrency });
await worker.waitUntilReady();
