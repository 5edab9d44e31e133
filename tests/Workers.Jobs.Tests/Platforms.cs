using System.Runtime.Versioning;

// These tests send signals to real redis-servers and look into /proc.
[assembly: UnsupportedOSPlatform("windows")]
