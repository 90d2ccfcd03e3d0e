using System.Runtime.InteropServices;

namespace Remote.Cli;

/// <summary>
/// The signals that end the tool in good order: the first one cancels what it does, the second one ends the process as if nobody listened. The exit code
/// is what shells expect of the signal. Thread-safe.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int Hangup = 129, Interrupted = 130, Terminated = 143;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _exitCode = Interrupted;

    private Interruption()
    {
    }

    public CancellationToken Token => _source.Token;

    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Never interrupted by itself: for a tool inside another process.</summary>
    public static Interruption None() => new();

    public static Interruption Listen()
    {
        var interruption = new Interruption();
        interruption.On(PosixSignal.SIGINT, Interrupted);
        interruption.On(PosixSignal.SIGTERM, Terminated);
        interruption.On(PosixSignal.SIGHUP, Hangup);
        return interruption;
    }

    public void Cancel() => _source.Cancel();

    public void Dispose()
    {
        _signals.ForEach(static signal => signal.Dispose());
        _source.Dispose();
    }

    private void On(PosixSignal signal, int exitCode) => _signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        Volatile.Write(ref _exitCode, exitCode);
        _source.Cancel();
    }));
}
