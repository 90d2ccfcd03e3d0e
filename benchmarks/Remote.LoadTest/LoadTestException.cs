namespace Remote.LoadTest;

/// <summary>A run that counts for nothing; the message says why.</summary>
internal sealed class LoadTestException(string message, Exception? inner = null) : Exception(message, inner);
