const secondsInMinute = 60;

/** "0:07", "12:30", "75:00": how long something plays, as players say it everywhere. */
export function playTime(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : 0;
  const minutes = Math.floor(whole / secondsInMinute);
  return `${minutes}:${String(whole % secondsInMinute).padStart(2, "0")}`;
}
