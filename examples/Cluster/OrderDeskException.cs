namespace OrderCluster;

/// <summary>The example cannot go on; the message says why and what to do.</summary>
internal sealed class OrderDeskException(string message, Exception? inner = null) : Exception(message, inner);
