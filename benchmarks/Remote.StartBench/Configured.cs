using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Proto;

namespace Remote.StartBench;

/// <summary>
/// A node of a host, with its options from configuration: in machine code they have to be there although nothing names them. Says what it is that it
/// found; exit code 1 when that is not what was written.
/// </summary>
internal static class Configured
{
    public static async Task<int> RunAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Remote:Host"] = "127.0.0.1",
            ["Remote:Port"] = "0",
            ["Remote:SendTimeout"] = "00:00:07",
            ["Remote:Backpressure:Warning"] = "0.4",
            ["Remote:Endpoint:Overflow"] = nameof(OverflowPolicy.DropOldest),
            ["Remote:Dialects:old:8000"] = nameof(WireDialect.PidTargets),
            ["Remote:BlockList:Entries:0:Address"] = "bad:1",
            ["Remote:EndpointWriterOptions:MaxRetries"] = "9",
        });
        builder.Services.AddRemote(builder.Configuration.GetSection("Remote"));
        using var host = builder.Build();
        await host.StartAsync();

        var options = host.Services.GetRequiredService<IOptions<RemoteOptions>>().Value;
        var found = $"{options.SendTimeout.TotalSeconds} {options.Backpressure.Warning} {options.Endpoint.Overflow} {options.Dialects.Count} "
            + $"{options.BlockList.Entries.Count} {options.Reconnect.MaxAttempts} {host.Services.GetRequiredService<ActorSystem>().Address.StartsWith("127.0.0.1:", StringComparison.Ordinal)}";
        Console.WriteLine(found);
        await host.StopAsync();
        return found == "7 0.4 DropOldest 1 1 9 True" ? 0 : 1;
    }
}
