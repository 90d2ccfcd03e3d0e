using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;

namespace Remote.Tests;

/// <summary>The health checks of an application that has a node among its services, asked as the platform asks them.</summary>
internal sealed class HealthAnswers : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public HealthAnswers(ReliableRemote remote, Func<ActorSystem, bool>? isMember = null)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(remote);
        services.AddHealthChecks().AddRemote(isMember);
        _services = services.BuildServiceProvider();
    }

    public Task<HealthReportEntry> LiveAsync() => AskAsync("live", "remote-live");

    public Task<HealthReportEntry> ReadyAsync() => AskAsync("ready", "remote-ready");

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task<HealthReportEntry> AskAsync(string tag, string name)
    {
        var report = await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains(tag)).Within("the health checks");
        var (answered, entry) = Assert.Single(report.Entries);
        Assert.Equal(name, answered);
        return entry;
    }
}
