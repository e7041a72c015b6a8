"""Speed, side by side with the raw limit in the same run, as ratios; never a timed test."""
