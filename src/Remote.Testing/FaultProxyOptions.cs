namespace Remote.Testing;

/// <summary>How a <see cref="FaultProxy"/> is made.</summary>
public sealed class FaultProxyOptions
{
    /// <summary>
    /// The loopback port to listen on, 0 to 65535. Default 0: any free one, read back from <see cref="FaultProxy.Port"/>.
    /// </summary>
    public int Port { get; init; }

    /// <summary>
    /// How many bytes each direction of a connection holds at the most before its sender has to wait, 1 KiB or more. Default 256 KiB. The
    /// kernel's socket buffers come on top.
    /// </summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    /// <summary>The clock of delays and rates. Default: real time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
