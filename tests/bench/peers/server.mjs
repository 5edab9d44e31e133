// HTTP in, a BullMQ job, its result out as a PNG: node server.mjs REDIS_PORT HTTP_PORT
import Fastify from 'fastify';
import { Queue, QueueEvents } from 'bullmq';

const [redisPort, httpPort] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port: redisPort };
const queue = new Queue('cards', { connection });
const events = new QueueEvents('cards', { connection });
await events.waitUntilReady();

const app = Fastify();
app.post('/render', {
  schema: {
    body: {
      type: 'object',
      properties: {
        width: { type: 'integer', minimum: 1, maximum: 8192 },
        height: { type: 'integer', minimum: 1, maximum: 8192 },
        seed: { type: 'integer' },
      },
      required: ['width', 'height', 'seed'],
    },
  },
}, async (request, reply) => {
  const job = await queue.add('card', request.body, { removeOnComplete: { count: 10_000 }, attempts: 3 });
  const picture = await job.waitUntilFinished(events, 60_000);
  return reply.type('image/png').send(Buffer.from(picture, 'base64'));
});
await app.listen({ host: '127.0.0.1', port: httpPort });
