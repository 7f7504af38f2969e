"""The sentences of the pages that an agent sees in a browser, in each language."""

import msgspec

from deskshift.domain.tokens.words import Language


class PageWords(msgspec.Struct, frozen=True, kw_only=True):
    """One language's sentences. The names in braces are filled in."""

    title: str
    question: str
    deadline: str
    authorize: str
    decline: str
    onward: str
    ask_owner: str
    authorized: str
    declined: str
    over: str
    again: str
    later: str
    wrong_person: str
    unknown: str


PAGE_WORDS: dict[Language, PageWords] = {
    "pt-BR": PageWords(
        title="Autorizar {client}",
        question="{client} precisa da sua autorização na conta {account}.",
        deadline="Prazo: {deadline}",
        authorize="Autorizar",
        decline="Recusar",
        onward="Você continuará na página de autorização. Se ela não abrir sozinha, use o link.",
        ask_owner="No momento, esta integração não tem um endereço seguro para a autorização. "
        "Peça ao responsável pela integração que o corrija.",
        authorized="Pronto. {client} está autorizado, e você pode fechar esta página.",
        declined="Você recusou. A autorização atual permanece como está.",
        over="Este convite já foi encerrado.",
        again="Não foi possível concluir a autorização. Abra o link do convite outra vez.",
        later="Isso não é possível neste momento. Abra o link do convite outra vez em alguns minutos.",
        wrong_person="Outra pessoa foi convidada. A autorização não foi aceita.",
        unknown="Este link não é válido.",
    ),
    "en": PageWords(
        title="Authorize {client}",
        question="{client} needs your authorization in the account {account}.",
        deadline="Deadline: {deadline}",
        authorize="Authorize",
        decline="Decline",
        onward="You go on at the authorization page. If it does not open by itself, use the link.",
        ask_owner="At the moment this integration has no safe address for the authorization. "
        "Ask the integration's owner to correct it.",
        authorized="Done. {client} is authorized, and you can close this page.",
        declined="You have declined. The present authorization stays as it is.",
        over="This invitation is over.",
        again="The authorization could not be completed. Open the invitation's link again.",
        later="This is not possible at the moment. Open the invitation's link again in a few minutes.",
        wrong_person="Somebody else was invited. The authorization was not accepted.",
        unknown="This link is not valid.",
    ),
    "es": PageWords(
        title="Autorizar {client}",
        question="{client} necesita su autorización en la cuenta {account}.",
        deadline="Plazo: {deadline}",
        authorize="Autorizar",
        decline="Rechazar",
        onward="Continuará en la página de autorización. Si no se abre sola, use el enlace.",
        ask_owner="En este momento esta integración no tiene una dirección segura para la autorización. "
        "Pida al responsable de la integración que la corrija.",
        authorized="Listo. {client} está autorizado, y puede cerrar esta página.",
        declined="Lo ha rechazado. La autorización actual queda como está.",
        over="Esta invitación ha terminado.",
        again="No se pudo completar la autorización. Abra de nuevo el enlace de la invitación.",
        later="En este momento no es posible. Abra de nuevo el enlace de la invitación dentro de unos minutos.",
        wrong_person="Se invitó a otra persona. La autorización no se aceptó.",
        unknown="Este enlace no es válido.",
    ),
    "de": PageWords(
        title="{client} autorisieren",
        question="{client} braucht Ihre Autorisierung im Konto {account}.",
        deadline="Frist: {deadline}",
        authorize="Autorisieren",
        decline="Ablehnen",
        onward="Auf der Seite der Autorisierung geht es weiter. Öffnet sie sich nicht, benutzen Sie den Link.",
        ask_owner="Diese Integration hat zurzeit keine sichere Adresse für die Autorisierung. "
        "Bitten Sie die Verantwortlichen der Integration, sie zu berichtigen.",
        authorized="Fertig. {client} ist autorisiert, Sie können diese Seite schließen.",
        declined="Sie haben abgelehnt. Die jetzige Autorisierung bleibt, wie sie ist.",
        over="Diese Einladung ist beendet.",
        again="Die Autorisierung konnte nicht abgeschlossen werden. Öffnen Sie den Link der Einladung noch einmal.",
        later="Das ist im Augenblick nicht möglich. Öffnen Sie den Link der Einladung in einigen Minuten noch einmal.",
        wrong_person="Eingeladen ist eine andere Person. Die Autorisierung wurde nicht angenommen.",
        unknown="Dieser Link ist nicht gültig.",
    ),
    "pl": PageWords(
        title="Autoryzacja: {client}",
        question="{client} potrzebuje Twojej autoryzacji na koncie {account}.",
        deadline="Termin: {deadline}",
        authorize="Autoryzuj",
        decline="Odmów",
        onward="Dalszy ciąg na stronie autoryzacji. Jeśli nie otworzy się sama, użyj linku.",
        ask_owner="Ta integracja nie ma w tej chwili bezpiecznego adresu do autoryzacji. "
        "Poproś osobę odpowiedzialną za integrację o jego poprawienie.",
        authorized="Gotowe. {client} ma autoryzację, możesz zamknąć tę stronę.",
        declined="Odmówiono. Obecna autoryzacja pozostaje bez zmian.",
        over="To zaproszenie już się zakończyło.",
        again="Nie udało się dokończyć autoryzacji. Otwórz ponownie link z zaproszenia.",
        later="W tej chwili nie jest to możliwe. Otwórz ponownie link z zaproszenia za kilka minut.",
        wrong_person="Zaproszono inną osobę. Autoryzacja nie została przyjęta.",
        unknown="Ten link jest nieprawidłowy.",
    ),
}
