namespace Chat;

/// <summary>What is typed, until the input ends or a signal says so.</summary>
internal sealed class Keyboard(CancellationToken stop)
{
    // Reading from a console or a pipe cannot be cancelled, so it is only not waited for any longer.
    private readonly StreamReader _input = new(Console.OpenStandardInput());

    /// <summary>The next line; <see langword="null"/> when there will be none.</summary>
    public async Task<string?> ReadLineAsync()
    {
        try
        {
            return await Task.Run(() => _input.ReadLineAsync(CancellationToken.None).AsTask(), CancellationToken.None).WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
