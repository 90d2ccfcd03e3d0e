namespace UnixSockets;

/// <summary>The story did not go as the product promises.</summary>
internal sealed class UnexpectedException(string message) : Exception(message);
