import { z } from 'zod';

/** Host names as browsers send them, without a port. */
export function hostNames() {
  const error = 'must be a list of host names, without a port';
  return z.array(z.string({ error }).regex(/^[a-z\d-]+(\.[a-z\d-]+)*$/i, { error }), { error });
}
