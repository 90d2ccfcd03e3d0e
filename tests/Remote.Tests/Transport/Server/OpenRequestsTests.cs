using Microsoft.AspNetCore.Http;
using Remote.Testing;

namespace Remote.Tests;

public sealed class OpenRequestsTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly OpenRequests _requests;
    private int _served;

    public OpenRequestsTests() => _requests = new OpenRequests(_time);

    [Fact]
    public async Task Close_WaitsForWhatHasBegun_AndLetsNothingElseBegin()
    {
        var end = new TaskCompletionSource();
        var first = Serve(end.Task);

        var closed = _requests.CloseAsync();
        await Serve(Task.CompletedTask);

        Assert.Equal((1, false), (_served, closed.IsCompleted));
        end.SetResult();
        await first;
        await closed.Within("the close");
    }

    [Fact]
    public async Task Close_NothingIsServed_IsDoneAtOnce()
    {
        await Serve(Task.CompletedTask);

        Assert.True(_requests.CloseAsync().IsCompletedSuccessfully);
        Assert.True(_requests.CloseAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Close_ARequestThatFails_HasEnded()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Serve(Task.FromException(new InvalidOperationException())));

        Assert.True(_requests.CloseAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Close_ARequestThatDoesNotEnd_IsNotWaitedForForEver()
    {
        _ = Serve(new TaskCompletionSource().Task);
        var closed = _requests.CloseAsync();

        _time.Advance(OpenRequests.Grace);

        await Assert.ThrowsAsync<TimeoutException>(() => closed.Within("the close"));
    }

    private Task Serve(Task end) => _requests.ServeAsync(new DefaultHttpContext(), _ =>
    {
        _served++;
        return end;
    });
}
