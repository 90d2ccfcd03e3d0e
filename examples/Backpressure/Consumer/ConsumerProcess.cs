using System.Diagnostics;
using System.Globalization;
using Remote;

namespace Backpressure;

/// <summary>The consumer process did not come up, or ended before its time; the message says which.</summary>
internal sealed class ConsumerException(string message, int code = ExitCode.Wrong) : Exception(message)
{
    /// <summary>The <see cref="ExitCode"/> of the program because of it.</summary>
    public int Code { get; } = code;
}

/// <summary>The consumer's operating system process, as the producer holds it. It ends when its standard input does.</summary>
internal sealed class ConsumerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _reading;
    private long _taken;

    private ConsumerProcess(Process process, string address)
    {
        _process = process;
        Address = address;
        Ended = process.WaitForExitAsync(CancellationToken.None);
        _reading = ReadAsync();
    }

    public string Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended { get; }

    /// <summary>What there is to say once it has <see cref="Ended"/> before its time.</summary>
    public ConsumerException Lost => new(
        $"the consumer, process {ProcessId}, ended with exit code {_process.ExitCode} in the middle of the run; start the program again", ExitCode.ConsumerLost);

    /// <summary>Parcels taken by all its actors, a tenth of a second ago.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Starts this program once more, as the consumer, and waits for its address.</summary>
    /// <exception cref="ConsumerException">It ends at once, or says nothing for 30 seconds.</exception>
    public static async Task<ConsumerProcess> StartAsync(CancellationToken cancellation)
    {
        var process = Process.Start(ThisProgram()) ?? throw new ConsumerException("the consumer did not start");
        try
        {
            return new ConsumerProcess(process, await ReadAddressAsync(process).WaitAsync(StartTimeout, TimeProvider.System, cancellation));
        }
        catch (Exception exception)
        {
            process.Kill();
            process.Dispose();
            if (exception is TimeoutException)
            {
                throw new ConsumerException($"the consumer gave no address within {StartTimeout.TotalSeconds:F0} s");
            }

            throw;
        }
    }

    /// <summary>Something that asks it for the first time.</summary>
    /// <exception cref="ConsumerException">It has ended.</exception>
    /// <exception cref="RemoteException">It lives, and cannot be reached.</exception>
    public async Task<T> ReachAsync<T>(Func<Task<T>> ask, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (RemoteException)
        {
            await NewsAsync(time, cancellation);
            if (Ended.IsCompleted)
            {
                throw Lost;
            }

            throw;
        }
    }

    /// <summary>After a failure: the connection is gone a moment before the news comes that the process has ended. Waits for that, and 5 seconds at most.</summary>
    public Task NewsAsync(TimeProvider time, CancellationToken cancellation) => Task.WhenAny(Ended, Task.Delay(Grace, time, cancellation));

    /// <summary>From now on it takes so many messages a second; see <see cref="Pace"/> for none and as many as it can.</summary>
    /// <exception cref="ConsumerException">It has ended.</exception>
    public async Task SetPaceAsync(int perSecond)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{ConsumerProgram.PacePrefix}{perSecond}"));
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // Its input ends a moment before it does.
            await Ended;
            throw Lost;
        }
    }

    /// <summary>Ends it; one that does not end by itself within 5 seconds is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended in the middle of a line that it was told.
        }

        using var timeout = new CancellationTokenSource(ExitTimeout, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private static async Task<string> ReadAddressAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(ConsumerProgram.ReadyPrefix, StringComparison.Ordinal))
            {
                return line[ConsumerProgram.ReadyPrefix.Length..];
            }
        }

        await process.WaitForExitAsync();
        throw new ConsumerException($"the consumer ended with exit code {process.ExitCode} before it gave an address");
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(ConsumerProgram.TakenPrefix, StringComparison.Ordinal))
            {
                Interlocked.Exchange(ref _taken, long.Parse(line.AsSpan(ConsumerProgram.TakenPrefix.Length), CultureInfo.InvariantCulture));
            }
        }
    }

    private static ProcessStartInfo ThisProgram()
    {
        var program = Environment.ProcessPath ?? throw new ConsumerException("the path of this program is not known");
        // Started as `dotnet Backpressure.dll`, the program is the first argument.
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [typeof(ConsumerProcess).Assembly.Location, CommandLine.ConsumerCommand]
            : [CommandLine.ConsumerCommand];
        return new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
