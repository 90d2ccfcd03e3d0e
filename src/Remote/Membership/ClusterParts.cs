namespace Remote;

/// <summary>What a node has for its cluster: the view from its start on, the desk if there is a cluster by then. One per node; thread-safe.</summary>
internal sealed class ClusterParts(NodeSettings settings)
{
    private volatile IdentityDesk? _desk;

    public ClusterView View { get; } = new(settings.ActorSystem, settings.Time);

    /// <summary><see langword="null"/> when the node was started without a cluster.</summary>
    public IdentityDesk? Desk => _desk;

    public void Start(NodeContext context)
    {
        View.Start();
        if (View.Cluster is { } cluster)
        {
            var read = ProtoCluster.IdentityReaderOf(cluster);
            var desk = new IdentityDesk(context, View, read is null ? null : new ActivationScan(context, read));
            desk.Start();
            _desk = desk;
        }
    }

    /// <summary>Completes when another node may start on the same system.</summary>
    public Task StopAsync()
    {
        View.Stop();
        return _desk?.StopAsync() ?? Task.CompletedTask;
    }
}
