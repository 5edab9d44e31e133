// Warm engine processes: each draws one picture at a time, and whoever asks waits for a free one.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const startEngines = (python, count) => {
  const idle = [];
  const waiting = [];
  const free = (engine) => {
    const next = waiting.shift();
    if (next) next(engine);
    else idle.push(engine);
  };
  for (let number = 0; number < count; number++) {
    const child = spawn(python, [new URL('engine.py', import.meta.url).pathname], { stdio: ['pipe', 'pipe', 'inherit'] });
    const engine = { input: child.stdin, answered: null };
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { answered } = engine;
      free(engine);
      answered(line);
    });
    free(engine);
  }
  return async (job) => {
    const engine = idle.pop() ?? await new Promise((taken) => waiting.push(taken));
    return new Promise((answered) => {
      engine.answered = answered;
      engine.input.write(JSON.stringify(job) + '\n');
    });
  };
};
