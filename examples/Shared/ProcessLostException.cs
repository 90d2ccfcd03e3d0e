namespace Examples;

/// <summary>A process that the program needs is not there; the message says which one, and what to do.</summary>
internal sealed class ProcessLostException(string message) : Exception(message);
