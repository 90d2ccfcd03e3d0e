using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>Writes down which hook was called with what, in order.</summary>
internal sealed class RecordedStatistics : IMailboxStatistics
{
    public List<string> Calls { get; } = [];

    public void MailboxStarted() => Calls.Add("started");

    public void MessagePosted(object message) => Calls.Add($"posted {message}");

    public void MessageReceived(object message) => Calls.Add($"received {message}");

    public void MailboxEmpty() => Calls.Add("empty");
}
