namespace Remote.Tests;

/// <summary>Our node did something else than the real one, or nothing.</summary>
internal sealed class ReplayException(string message) : Exception(message);
