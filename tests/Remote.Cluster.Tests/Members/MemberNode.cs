using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>A member of a cluster in a process of its own (<c>Remote.ClusterNode</c>), which does what the test says.</summary>
internal sealed class MemberNode : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ActivationLedger _ledger;
    private readonly MemberTranscript _said = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly TaskCompletionSource<JsonElement> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private int _commands;

    private MemberNode(Process process, MemberPlan plan, ActivationLedger ledger)
    {
        (_process, Plan, _ledger) = (process, plan, ledger);
        _reading = Task.WhenAll(ReadOutputAsync(), _said.ReadAsync(process.StandardError, "! "));
    }

    public MemberPlan Plan { get; }

    /// <summary>Known once it has joined.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Known once it has joined.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What it said when it left: that it was asked to, or that it was put out.</summary>
    public Task<string> Left => _left.Task;

    /// <summary>When it heard that it is blocked, on the clock of <see cref="CounterActor.Now"/>.</summary>
    public Task<long> Leaving => _leaving.Task;

    public bool HasEnded => _process.HasExited;

    public int ProcessId => _process.Id;

    /// <summary>Starts the process, which then joins by itself.</summary>
    public static MemberNode Start(MemberPlan plan, ActivationLedger ledger)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Remote.ClusterNode.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, plan.ToJson()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return new MemberNode(process, plan, ledger);
    }

    /// <summary>Waits until it is in its cluster.</summary>
    public async Task JoinedAsync()
    {
        var joined = await Within(_joined.Task, "joining");
        (Id, Address) = (joined.GetProperty("id").GetString()!, joined.GetProperty("address").GetString()!);
    }

    /// <summary>Gives a command, and waits for its result.</summary>
    public async Task<JsonElement> TellAsync(string command, TimeSpan? ceiling = null) =>
        await Within(await BeginAsync(command), $"answering '{command}'", ceiling);

    /// <summary>Gives a command; the task that is returned has its result.</summary>
    public async Task<Task<JsonElement>> BeginAsync(string command)
    {
        var number = Interlocked.Increment(ref _commands).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[number] = answer;
        try
        {
            await _process.StandardInput.WriteLineAsync($"{number} {command}").WaitAsync(Ceiling);
            await _process.StandardInput.FlushAsync().WaitAsync(Ceiling);
        }
        catch (IOException exception)
        {
            throw new MemberEndedException(this, exception);
        }

        // The rest of its output may have been read before the command was noted.
        if (_reading.IsCompleted && answer.TrySetException(new MemberEndedException(this)))
        {
            _ = answer.Task.Exception;
        }

        return answer.Task;
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await GoneAsync();
    }

    /// <summary>Lets it leave in good order, and waits for that.</summary>
    public async Task LeaveAsync()
    {
        _ = await BeginAsync("leave");
        Assert.Equal("asked to", await Within(Left, "leaving"));
        await GoneAsync();
    }

    /// <summary>Waits until the cluster has put it out, and its process has ended.</summary>
    public async Task PutOutAsync()
    {
        Assert.Equal("put out", await Within(Left, "being put out"));
        await GoneAsync();
    }

    /// <summary>Stops it as it is for a while: it keeps its connections and does nothing.</summary>
    public async Task PauseAsync(TimeSpan duration)
    {
        await using var pause = await StoppedProcess.StopAsync(ProcessId);
        var since = CounterActor.Now;
        await Task.Delay(duration);
        _ledger.WasPaused(this, since, CounterActor.Now);
    }

    /// <summary>What it is, what became of it and what it said last.</summary>
    public string Describe() => _said.Describe(string.Create(
        CultureInfo.InvariantCulture, $"{Plan.Remoting} member {Id} at {Address}, {(_process.HasExited ? $"ended with {_process.ExitCode}" : "running")}"));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>Waits for the end, and for everything that it said before.</summary>
    private async Task GoneAsync()
    {
        await Within(_process.WaitForExitAsync(), "ending");
        _ledger.HasEnded(this, CounterActor.Now);
        await Within(_reading, "the rest of its output");
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } text)
        {
            var line = JsonElement.Parse(text);
            switch (line.GetProperty("event").GetString())
            {
                case "activated":
                    _ledger.Activated(this, line);
                    continue;
                case "deactivated":
                    _ledger.Deactivated(line);
                    continue;
                case "answer":
                    Answered(line);
                    break;
                case "joined":
                    _joined.TrySetResult(line);
                    break;
                case "put-out":
                    _leaving.TrySetResult(line.GetProperty("at").GetInt64());
                    break;
                case "left":
                    _left.TrySetResult(line.GetProperty("why").GetString()!);
                    break;
            }

            _said.Add(text);
        }

        var gone = new MemberEndedException(this);
        _joined.TrySetException(gone);
        _leaving.TrySetException(gone);
        _left.TrySetException(gone);
        _ = (_joined.Task.Exception, _leaving.Task.Exception, _left.Task.Exception);
        foreach (var answer in _asked.Values)
        {
            answer.TrySetException(gone);
            _ = answer.Task.Exception;
        }
    }

    private void Answered(JsonElement line)
    {
        if (_asked.TryRemove(line.GetProperty("to").GetString()!, out var answer))
        {
            _ = line.TryGetProperty("error", out var error)
                ? answer.TrySetException(new InvalidOperationException($"{error.GetString()} {Describe()}"))
                : answer.TrySetResult(line.GetProperty("result"));
        }
    }

    private async Task<T> Within<T>(Task<T> task, string phase, TimeSpan? ceiling = null)
    {
        await Within((Task)task, phase, ceiling);
        return await task;
    }

    private async Task Within(Task task, string phase, TimeSpan? ceiling = null)
    {
        if (await Task.WhenAny(task, Task.Delay(ceiling ?? Ceiling)) != task)
        {
            throw new TimeoutException($"{phase}: not within {ceiling ?? Ceiling}. {Describe()}");
        }

        await task;
    }
}
