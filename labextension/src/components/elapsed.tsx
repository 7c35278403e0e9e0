import React, { useEffect, useState } from 'react';
import { formatDuration } from '../format';

/** How long something has been going on; it counts by the second. */
export function Elapsed({ since }: { since: string }): JSX.Element {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <>{formatDuration(Math.max(0, Math.round((now - new Date(since).getTime()) / 1000)))}</>;
}
