import { createAnswerTable } from '@carillon/sending';
import { appleReasons } from './apple-reasons.ts';
import { faultAnswers } from './fault-answers.ts';
import { statusAnswers } from './status-answers.ts';

/** Every answer of APNs, and everything that can happen instead of one. */
export const apnsAnswers = createAnswerTable([...appleReasons, ...statusAnswers, ...faultAnswers]);
