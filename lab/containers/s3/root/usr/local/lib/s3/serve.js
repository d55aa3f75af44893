// An S3 server whose buckets are directories of a volume, for one pair of keys, that of its secrets. s3rver looks at no
// signature of version 4, so that is done here, and no request without one is let through:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
'use strict';

const { createHash, createHmac, timingSafeEqual } = require('crypto');
const { readFileSync } = require('fs');
const S3rver = require('s3rver');
const { DUMMY_ACCOUNT } = require('s3rver/lib/models/account');

const read = (name) => readFileSync(process.env[name], 'utf8');
const accessKey = read('S3_ACCESS_KEY_FILE');
const secretKey = read('S3_SECRET_KEY_FILE');
const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), ?SignedHeaders=(\S+), ?Signature=([0-9a-f]{64})$/;

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

function sign(request, scope, signedHeaders) {
  const [path, query = ''] = request.url.split('?');
  const sorted = query.split('&').filter(Boolean).map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort();
  const headers = signedHeaders.split(';').map((name) => `${name}:${(request.headers[name] || '').trim()}\n`);
  const payload = request.headers['x-amz-content-sha256'] || '';
  const canonical = [request.method, path, sorted.join('&'), headers.join(''), signedHeaders, payload].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'] || '', scope, digest].join('\n');
  return hmac(scope.split('/').reduce(hmac, `AWS4${secretKey}`), text);
}

async function authenticate(context, next) {
  const [, key, scope, signedHeaders, signature] = AUTHORIZATION.exec(context.get('authorization')) || [];
  if (key === accessKey && timingSafeEqual(sign(context.req, scope, signedHeaders), Buffer.from(signature, 'hex'))) {
    return next();
  }
  context.status = 403;
  context.type = 'application/xml';
  context.body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code></Error>';
}

DUMMY_ACCOUNT.revokeAccessKey('S3RVER');
DUMMY_ACCOUNT.createKeyPair(accessKey, secretKey);
const server = new S3rver({
  address: '0.0.0.0',
  port: 9000,
  directory: '/var/lib/s3',
  resetOnClose: false,
  vhostBuckets: false,
  silent: true,
  configureBuckets: [{ name: process.env.S3_BUCKET }],
});
server.middleware.unshift(authenticate);
server.run().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
process.on('SIGTERM', () => process.exit(0));
