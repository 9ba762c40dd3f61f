"""What runs it: process, settings, schedule, delivery, sandbox and command line."""
