namespace SecureNodes;

/// <summary>Something did not happen that should have.</summary>
internal sealed class UnexpectedException(string message) : Exception(message);
