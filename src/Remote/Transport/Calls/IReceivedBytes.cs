namespace Remote;

/// <summary>Counts what arrives for a call, before it is known whether a message is complete. Thread-safe.</summary>
internal interface IReceivedBytes
{
    /// <summary>Never falls.</summary>
    long BytesReceived { get; }
}
