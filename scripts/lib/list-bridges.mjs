// Prints the bridges of the Open vSwitch database behind a unix socket, one a line; exits with 1 when none answers.
import { connect } from 'node:net';

const [path] = process.argv.slice(2);
const socket = connect(path);
const request = {
  id: 1,
  method: 'transact',
  params: ['Open_vSwitch', { op: 'select', table: 'Bridge', where: [], columns: ['name'] }],
};
let text = '';
socket.setTimeout(3000, () => socket.destroy(new Error('no answer')));
socket.on('error', () => process.exit(1));
socket.on('connect', () => socket.write(JSON.stringify(request)));
socket.on('data', (chunk) => {
  text += chunk.toString('utf8');
  let reply;
  try {
    reply = JSON.parse(text);
  } catch {
    return; // The rest is still to come.
  }
  for (const row of reply.result?.[0]?.rows ?? []) process.stdout.write(`${row.name}\n`);
  process.exit(0);
});
socket.on('close', () => process.exit(1));
