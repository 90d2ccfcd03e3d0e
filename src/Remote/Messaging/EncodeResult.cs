namespace Remote;

/// <summary>How large a batch may become.</summary>
/// <param name="BatchSize">Messages in one batch.</param>
/// <param name="MaxBatchBytes">Bytes of one batch, unless it holds a single larger message.</param>
/// <param name="MaxMessageBytes">Bytes of one gRPC message. Go servers and hosted .NET servers take 4 MiB.</param>
internal sealed record EncodeLimits(int BatchSize = 1000, int MaxBatchBytes = 1024 * 1024, int MaxMessageBytes = 4 * 1024 * 1024);

/// <summary>The fate of a message that was offered to a <see cref="BatchEncoder"/>.</summary>
internal enum EncodeStatus
{
    /// <summary>It is in the batch.</summary>
    Added,

    /// <summary>It does not fit any more: finish this batch and offer it to the next one.</summary>
    BatchFull,

    /// <summary>No serializer takes it, or its serializer threw.</summary>
    NotSerializable,

    /// <summary>It is too large for one gRPC message, even alone.</summary>
    TooLarge,

    /// <summary>It was not offered: its deadline is over, or it is a request that was given up.</summary>
    Expired,

    /// <summary>Its envelope is larger than the credit. It is not in the batch; offer it again when there is more credit.</summary>
    NoCredit,

    /// <summary>The encoder failed at it, and not its serializer: a fault of Remote.</summary>
    Fault,
}

/// <summary>The answer of <see cref="BatchEncoder.TryAdd"/>.</summary>
/// <param name="Status">The fate of the message.</param>
/// <param name="Size">
/// Added: the bytes of its envelope, the figure that both ends count as its size. TooLarge: its size, or less if it was not serialized to
/// its end. NoCredit: the bytes of its envelope, and so the credit that it needs.
/// </param>
/// <param name="Error">NotSerializable: the exception of the serializer. Fault: that of the encoder.</param>
internal readonly record struct EncodeResult(EncodeStatus Status, int Size = 0, Exception? Error = null);

/// <summary>A message has a type that may not be sent, or a protobuf message is not registered.</summary>
internal sealed class UnregisteredTypeException(Type type, Exception? inner = null) : Exception(
    inner is null
        ? $"{type} is a message of Proto.Actor's own and stays inside a node."
        : $"No serializer takes {type}: RemoteConfig.WithProtoMessages registers the messages of a protobuf file.",
    inner);
