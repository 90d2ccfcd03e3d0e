namespace Remote.Dashboard.Tests;

/// <summary>A host with nothing but defaults, for all tests of a class that change nothing, or take it back.</summary>
public sealed class StandardHost : IAsyncLifetime
{
    private DashboardHost? _host;

    internal DashboardHost Host => _host!;

    public async Task InitializeAsync() => _host = await DashboardHost.StartAsync();

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
