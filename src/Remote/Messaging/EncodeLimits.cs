namespace Remote;

/// <summary>How large a batch may become.</summary>
/// <param name="BatchSize">Messages in one batch.</param>
/// <param name="MaxBatchBytes">Bytes of one batch, unless it holds a single larger message.</param>
/// <param name="MaxMessageBytes">Bytes of one gRPC message. Go servers and hosted .NET servers take 4 MiB.</param>
internal sealed record EncodeLimits(
    int BatchSize = 1000, int MaxBatchBytes = 1024 * 1024, int MaxMessageBytes = 4 * 1024 * 1024);
