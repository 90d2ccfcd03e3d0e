namespace Remote;

/// <summary>What became of a message that was offered to a <see cref="BatchEncoder"/>.</summary>
internal enum EncodeStatus
{
    /// <summary>It is in the batch.</summary>
    Added,

    /// <summary>It does not fit any more: finish this batch and offer it to the next one.</summary>
    BatchFull,

    /// <summary>No serializer takes it, or its serializer threw.</summary>
    NotSerializable,

    /// <summary>It is larger than what may travel in one gRPC message, even alone.</summary>
    TooLarge,

    /// <summary>It was not offered: its deadline is over, or it is a request that was given up.</summary>
    Expired,

    /// <summary>Its envelope is larger than what the caller allows now. It is not in the batch; offer it again when there is more credit.</summary>
    NoCredit,

    /// <summary>The encoder failed at it, and not the message's serializer: a fault of Remote.</summary>
    Fault,
}

/// <summary>Nobody said how messages of a type become bytes.</summary>
internal sealed class UnregisteredTypeException(Type type) : Exception($"No serializer takes {type}: it is not registered on this node.");

/// <summary>The answer of <see cref="BatchEncoder.TryAdd"/>.</summary>
/// <param name="Status">What became of the message.</param>
/// <param name="Size">
/// Added: the bytes of its envelope, the figure that both ends count as its size. TooLarge: at least how large it is.
/// NoCredit: the bytes of its envelope, without which offering it again is in vain.
/// </param>
/// <param name="Error">NotSerializable: what the serializer threw. Fault: what the encoder threw.</param>
internal readonly record struct EncodeResult(EncodeStatus Status, int Size = 0, Exception? Error = null)
{
    internal static EncodeResult BatchFull => new(EncodeStatus.BatchFull);

    internal static EncodeResult NoCredit(int size) => new(EncodeStatus.NoCredit, size);

    internal static EncodeResult TooLarge(int size) => new(EncodeStatus.TooLarge, size);

    internal static EncodeResult Fault(Exception error) => new(EncodeStatus.Fault, 0, error);

    internal static EncodeResult NotSerializable(Exception error) => new(EncodeStatus.NotSerializable, 0, error);
}
