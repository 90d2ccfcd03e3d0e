using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Remote;

/// <summary>A section of configuration from which the options of the application's node come.</summary>
internal sealed record WatchedSection(IConfiguration Section);

/// <summary>Looks at the configuration of the node again when it changes, from the start of the node until its application stops.</summary>
internal sealed class ConfigurationService(ReliableRemote remote, IOptionsFactory<RemoteOptions> factory, IEnumerable<WatchedSection> sections)
    : IHostedLifecycleService, IDisposable
{
    private readonly ConfigurationReload _reload = new(remote, factory);
    private readonly Lock _gate = new();
    private List<IDisposable>? _watches = [];

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The node has started by now, on a listener of its own or on the application's web server; one of a cluster may start later.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _ = WatchAsync();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        List<IDisposable>? watches;
        lock (_gate)
        {
            (watches, _watches) = (_watches, null);
        }

        watches?.ForEach(static watch => watch.Dispose());
    }

    private async Task WatchAsync()
    {
        if (await remote.Life.Ready.ConfigureAwait(false) is null)
        {
            return;
        }

        lock (_gate)
        {
            _watches?.AddRange(sections.Select(watched => ChangeToken.OnChange(watched.Section.GetReloadToken, _reload.Look)));
        }

        // It may have changed between the reading and the start.
        _reload.Look();
    }
}
