using System.Net.ServerSentEvents;
using Google.Protobuf;
using Remote.Protocol;

namespace Remote.Dashboard.Tests;

/// <summary>Reads the stream of a page, as a browser's EventSource does.</summary>
internal sealed class LiveReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly CancellationTokenSource _late = new(DashboardHost.Ceiling);

    private LiveReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _items = SseParser.Create(body).EnumerateAsync(_late.Token).GetAsyncEnumerator();
    }

    public static async Task<LiveReader> OpenAsync(DashboardHost host)
    {
        var response = await host.GetAsync("/remote/live");
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        return new LiveReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next statistics with a peer as it is awaited.</summary>
    public Task<EndpointInfo> PeerAsync(Func<EndpointInfo, bool> awaited) =>
        FindAsync<StatisticsUpdate, EndpointInfo>("statistics", update => update.Endpoints.FirstOrDefault(awaited));

    /// <summary>The next event that is awaited.</summary>
    public Task<EventUpdate> EventAsync(Func<EventUpdate, bool> awaited) =>
        FindAsync<EventUpdate, EventUpdate>("happened", update => awaited(update) ? update : null);

    public Task<StatisticsUpdate> StatisticsAsync() => FindAsync<StatisticsUpdate, StatisticsUpdate>("statistics", update => update);

    /// <summary>Reads to the end.</summary>
    public async Task EndAsync()
    {
        while (await _items.MoveNextAsync())
        {
            // What comes before the end is not asked for.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
        _late.Dispose();
    }

    private async Task<T> FindAsync<TMessage, T>(string name, Func<TMessage, T?> find)
        where TMessage : IMessage, new()
        where T : class
    {
        var seen = 0;
        for (; await _items.MoveNextAsync(); seen++)
        {
            if (_items.Current.EventType == name && find(JsonParser.Default.Parse<TMessage>(_items.Current.Data)) is { } found)
            {
                return found;
            }
        }

        throw new InvalidOperationException($"The stream ended after {seen} events without the {name} that was awaited.");
    }
}
