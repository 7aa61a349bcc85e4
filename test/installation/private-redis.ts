export { startPrivateRedis, type PrivateRedis } from '@carillon/queue';
