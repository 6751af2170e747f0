import fc from 'fast-check';
import { expect, test } from 'vitest';
import { civilDate, dayInMonth, dayNumber, daysInMonth, monthIndex, weekday } from './calendar.ts';

const anyDay = fc.integer({ min: -719_162, max: 2_932_896 }); // 0001-01-01 to 9999-12-31

test('day numbers and civil dates are each other’s inverse, and agree with Date', () => {
  fc.assert(
    fc.property(anyDay, (dayNo) => {
      const civil = civilDate(dayNo);
      const date = new Date(dayNo * 86_400_000);

      expect(dayNumber(civil.year, civil.month, civil.day)).toBe(dayNo);
      expect(civil).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      });
      expect(weekday(dayNo)).toBe((date.getUTCDay() + 6) % 7);
    }),
  );
});

test('a day past the end of a month becomes its last day', () => {
  const february = monthIndex({ year: 2024, month: 2, day: 1 });

  expect(civilDate(dayInMonth(february, 31))).toEqual({ year: 2024, month: 2, day: 29 });
  expect(daysInMonth(1900, 2)).toBe(28);
  expect(daysInMonth(2000, 2)).toBe(29);
});
