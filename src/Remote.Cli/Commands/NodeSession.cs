using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>One node, for the time of one command: its connection, and where to write about it.</summary>
internal sealed class NodeSession : IDisposable
{
    /// <exception cref="FailureException">A file of the settings cannot be used.</exception>
    public NodeSession(TargetAddress address, ConnectionSettings settings, ToolOutput output, TimeProvider time, CancellationToken cancellation)
    {
        (Address, Settings, Output, Time, Cancellation) = (address, settings, output, time, cancellation);
        Credentials = Credentials.Read(settings, time);
        Node = Connect(address);
        if (settings.IsInsecure)
        {
            output.Note($"Warning: --insecure: whoever answers at {address} is believed to be the node.");
        }
    }

    public TargetAddress Address { get; }

    public ConnectionSettings Settings { get; }

    public Credentials Credentials { get; }

    public NodeConnection Node { get; }

    public ToolOutput Output { get; }

    public TimeProvider Time { get; }

    /// <summary>The user has enough.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>A connection of its own, to this node or another one, in the same way.</summary>
    public NodeConnection Connect(TargetAddress address) => new(address, Settings, Credentials, Time);

    /// <summary>The node and some of its peers.</summary>
    /// <exception cref="FailureException">There is no answer.</exception>
    public Task<Wire.GetEndpointsResponse> GetEndpointsAsync(Wire.GetEndpointsRequest request) =>
        Node.AdminAsync((admin, options) => admin.GetEndpointsAsync(request, options), Cancellation);

    public void Dispose() => Node.Dispose();
}
