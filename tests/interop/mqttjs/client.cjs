// SPDX-License-Identifier: Apache-2.0
// What MQTT.js, a client that we did not write, does with the broker: `node client.cjs SCENARIO URL VERSION USER PASSWORD`.
// Exits with 0 if all went as it should; otherwise says what did not. For TLS, MQTT_CA names the root certificate, MQTT_CERT and MQTT_KEY
// the client's own.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const mqtt = require('mqtt');
const WebSocket = require('ws');

const [scenario, url, version, username, password] = process.argv.slice(2);
const isV5 = version === '5';
const PATIENCE_MS = 20_000;
const FRAGMENT_BYTES = 1000;

function fromFile(name) {
  return process.env[name] && fs.readFileSync(process.env[name]);
}

// One that speaks `mqtt` and is sent binary frames only, as section 6 of the specifications has it.
function websocket(address, protocols, options) {
  const socket = new WebSocket(address, protocols, options.wsOptions);
  socket.on('open', () => assert.strictEqual(socket.protocol, 'mqtt'));
  socket.on('message', (data, isBinary) => assert.ok(isBinary));
  return socket;
}

// The same, and what it sends comes in many frames, which have nothing to do with MQTT's packets.
function fragmentingWebsocket(address, protocols, options) {
  const socket = websocket(address, protocols, options);
  const send = socket.send.bind(socket);
  socket.send = (data, callback) => {
    let sent = 0;
    for (; data.length - sent > FRAGMENT_BYTES; sent += FRAGMENT_BYTES) send(data.subarray(sent, sent + FRAGMENT_BYTES), { fin: false });
    send(data.subarray(sent), { fin: true }, callback);
  };
  return socket;
}

// A client whose messages wait in a queue.
async function connect(clientId, options = {}) {
  const client = mqtt.connect(url, {
    clientId,
    username,
    password,
    protocolVersion: isV5 ? 5 : 4,
    protocolId: 'MQTT',
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: PATIENCE_MS,
    ca: fromFile('MQTT_CA'),
    createWebsocket: websocket,
    ...options,
  });
  const waiting = [];
  const wanted = [];
  client.on('message', (topic, payload, packet) => {
    const message = { topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain, properties: packet.properties ?? {} };
    if (wanted.length > 0) wanted.shift()(message);
    else waiting.push(message);
  });
  client.receive = () => (waiting.length > 0 ? Promise.resolve(waiting.shift()) : new Promise((resolve) => wanted.push(resolve)));
  await new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
  });
  return client;
}

function stays(clientId, options = {}) {
  return connect(clientId, { clean: false, ...(isV5 ? { properties: { sessionExpiryInterval: 60 } } : {}), ...options });
}

async function grantedQos(client, filter, qos) {
  const [granted] = await client.subscribeAsync(filter, { qos });
  return granted.qos;
}

const scenarios = {
  async everyQos() {
    const client = await connect('js');
    for (const qos of [0, 1, 2]) {
      assert.strictEqual(await grantedQos(client, `a${qos}/+`, qos), qos);
      for (let i = 0; i < 20; ++i) await client.publishAsync(`a${qos}/b`, `${i}`, { qos });
      for (let i = 0; i < 20; ++i) {
        const message = await client.receive();
        assert.deepStrictEqual([message.topic, message.payload, message.qos], [`a${qos}/b`, `${i}`, qos]);
      }
    }
    await client.endAsync();
  },

  async large() {
    const client = await connect('js', { createWebsocket: fragmentingWebsocket });
    await client.subscribeAsync('large', { qos: 2 });
    const payload = 'x'.repeat(200_000);
    for (const qos of [0, 1, 2]) {
      await client.publishAsync('large', payload, { qos });
      const message = await client.receive();
      assert.ok(message.payload === payload, 'another payload came');
      assert.strictEqual(message.qos, qos);
    }
    await client.endAsync();
  },

  async device() {
    const identity = { cert: fromFile('MQTT_CERT'), key: fromFile('MQTT_KEY'), username: undefined, password: undefined };
    const device = await connect('press-01', identity);
    assert.strictEqual(await grantedQos(device, 'own', 1), 1);
    await device.publishAsync('own', 'value', { qos: 1 });
    assert.strictEqual((await device.receive()).payload, 'value');
    await device.endAsync();
    await assert.rejects(connect('press-02', identity), (error) => error.code === (isV5 ? 135 : 5));
  },

  async will() {
    const observer = await connect('js-observer');
    await observer.subscribeAsync('status', { qos: 1 });
    const client = await connect('js', { will: { topic: 'status', payload: Buffer.from('gone'), qos: 1, retain: false } });
    client.stream.destroy();
    assert.strictEqual((await observer.receive()).payload, 'gone');
    await observer.endAsync();
  },

  async session() {
    const before = await stays('js-away');
    await before.subscribeAsync('b', { qos: 2 });
    await before.endAsync();
    const publisher = await connect('js');
    await publisher.publishAsync('b', 'one', { qos: 1 });
    await publisher.publishAsync('b', 'two', { qos: 2 });
    const after = await stays('js-away');
    const first = await after.receive();
    const second = await after.receive();
    assert.deepStrictEqual([first.payload, first.qos, second.payload, second.qos], ['one', 1, 'two', 2]);
    await publisher.endAsync();
    await after.endAsync();
    const last = await connect('js-away');
    await last.endAsync();
  },

  async retained() {
    const client = await connect('js');
    await client.publishAsync('kept', 'value', { qos: 1, retain: true });
    await client.subscribeAsync('kept', { qos: 1 });
    const message = await client.receive();
    assert.deepStrictEqual([message.payload, message.retain], ['value', true]);
    await client.publishAsync('kept', '', { qos: 1, retain: true });
    await client.endAsync();
  },

  async request() {
    const answering = await connect('js-answering');
    await answering.subscribeAsync('requests', { qos: 1, properties: { subscriptionIdentifier: 7 } });
    const asking = await connect('js-asking');
    await asking.subscribeAsync('answers', { qos: 1 });
    const properties = {
      responseTopic: 'answers',
      correlationData: Buffer.from([0, 1, 255]),
      contentType: 'text/plain',
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      userProperties: { b: ['1', '3'], a: '2' },
    };
    await asking.publishAsync('requests', '?', { qos: 1, properties });
    const got = (await answering.receive()).properties;
    assert.strictEqual(got.responseTopic, 'answers');
    assert.strictEqual(got.contentType, 'text/plain');
    assert.strictEqual(got.payloadFormatIndicator, true);
    assert.ok(got.messageExpiryInterval <= 60 && got.messageExpiryInterval > 40);
    assert.deepStrictEqual({ ...got.userProperties }, { b: ['1', '3'], a: '2' });
    assert.strictEqual(got.subscriptionIdentifier, 7);
    await answering.publishAsync(got.responseTopic, '!', { qos: 1, properties: { correlationData: got.correlationData } });
    const answer = await asking.receive();
    assert.strictEqual(answer.payload, '!');
    assert.deepStrictEqual([...answer.properties.correlationData], [0, 1, 255]);
    await Promise.all([answering.endAsync(), asking.endAsync()]);
  },

  async aliases() {
    const receiver = await connect('js-receiver', { properties: { topicAliasMaximum: 5 } });
    await receiver.subscribeAsync('some/longer/topic', { qos: 0 });
    const sender = await connect('js-sender', { autoAssignTopicAlias: true, autoUseTopicAlias: true });
    for (let i = 0; i < 5; ++i) {
      await sender.publishAsync('some/longer/topic', `${i}`, { qos: 0 });
      const message = await receiver.receive();
      assert.deepStrictEqual([message.topic, message.payload], ['some/longer/topic', `${i}`]);
    }
    await Promise.all([receiver.endAsync(), sender.endAsync()]);
  },

  async shared() {
    const members = await Promise.all([connect('js-1'), connect('js-2')]);
    for (const member of members) await member.subscribeAsync('$share/group/work', { qos: 1 });
    const publisher = await connect('js');
    for (let i = 0; i < 10; ++i) await publisher.publishAsync('work', `${i}`, { qos: 1 });
    const seen = new Set();
    for (const member of members) for (let i = 0; i < 5; ++i) seen.add((await member.receive()).payload);
    assert.strictEqual(seen.size, 10);
    await Promise.all([...members, publisher].map((client) => client.endAsync()));
  },

  async refused() {
    await assert.rejects(connect('js', { password: 'wrong' }), (error) => error.code === (isV5 ? 134 : 4));
  },
};

const tooLate = setTimeout(() => {
  console.error(`${scenario}: not done after ${PATIENCE_MS} ms`);
  process.exit(2);
}, PATIENCE_MS);

scenarios[scenario]().then(
  () => {
    clearTimeout(tooLate);
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
