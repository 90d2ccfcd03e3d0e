namespace Remote.TestSupport;

/// <summary>
/// A test class or fixture that is disposed of when it has served. xunit 2 knows <see cref="IDisposable"/> and <see cref="IAsyncLifetime"/> only:
/// a class that is an <see cref="IAsyncDisposable"/> and nothing else it never disposes of, and what would fail at disposal never does.
/// </summary>
public abstract class DisposedAfterTest : IAsyncLifetime
{
    /// <summary>Disposes of what this test used. What it throws fails the test.</summary>
    public abstract ValueTask DisposeAsync();

    Task IAsyncLifetime.InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}
