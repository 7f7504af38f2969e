"""The sentences of the letters about a reissue, in each language."""

from typing import Literal

import msgspec

Language = Literal["pt-BR", "en", "es", "de", "pl"]
Hint = Literal["subdomain", "collect", "machine", "credentials"]
"""What the owner of an integration has to change: `subdomain` in the authorize address, a brokered token to collect,
client credentials, a credential that is no OAuth at all."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language's sentences. The names in braces are filled in."""

    greeting: str
    invitation_subject: str
    invitation: str
    reminder_subject: str
    reminder: str
    link: str
    deadline: str
    decline: str
    otherwise: str
    owner_subject: str
    owner: str
    unchanged: str
    hints: dict[Hint, str]
    closing: str


WORDS: dict[Language, Words] = {
    "pt-BR": Words(
        greeting="Olá, {name},",
        invitation_subject="Autorize novamente {client} em {account}",
        invitation="A conta {account} foi migrada."
        " Para que {client} continue a funcionar em seu nome, autorize novamente.",
        reminder_subject="Lembrete: autorize novamente {client} em {account}",
        reminder="Ainda falta a sua autorização para {client} na conta {account}.",
        link="Autorize aqui:",
        deadline="Prazo: {deadline}",
        decline="Se você não quiser autorizar, recuse aqui:",
        otherwise="Até lá, a autorização atual permanece como está. Ninguém pode autorizar por você.",
        owner_subject="{client}: o que verificar após a migração de {account}",
        owner="A conta {account} foi migrada, e os tokens da integração {client} precisam ser emitidos novamente.",
        unchanged="O ID, o segredo e os endereços de redirecionamento da integração não mudaram.",
        hints={
            "subdomain": "Acrescente subdomain={subdomain} ao endereço de autorização da integração.",
            "collect": "Depois de cada autorização, busque o novo token em até {minutes} minutos.",
            "machine": "Peça um novo token com as credenciais do cliente.",
            "credentials": "A autenticação básica e as chaves de API não são renovadas: use OAuth.",
        },
        closing="Esta mensagem foi enviada automaticamente durante a migração da conta.",
    ),
    "en": Words(
        greeting="Hello {name},",
        invitation_subject="Please authorize {client} again in {account}",
        invitation="The account {account} has moved. For {client} to go on working on your behalf, authorize it again.",
        reminder_subject="Reminder: please authorize {client} again in {account}",
        reminder="Your authorization of {client} in the account {account} is still missing.",
        link="Authorize here:",
        deadline="Deadline: {deadline}",
        decline="If you do not want to authorize it, decline here:",
        otherwise="Until then the present authorization stays as it is. Nobody can authorize in your place.",
        owner_subject="{client}: what to check after the move of {account}",
        owner="The account {account} has moved, and the tokens of the integration {client} have to be issued again.",
        unchanged="The integration's id, secret and redirect addresses have not changed.",
        hints={
            "subdomain": "Add subdomain={subdomain} to the integration's authorize address.",
            "collect": "After each authorization, collect the new token within {minutes} minutes.",
            "machine": "Ask for a new token with the client's credentials.",
            "credentials": "Basic authentication and API keys are not renewed: use OAuth instead.",
        },
        closing="This message was sent automatically during the move of the account.",
    ),
    "es": Words(
        greeting="Hola, {name}:",
        invitation_subject="Autorice de nuevo {client} en {account}",
        invitation="La cuenta {account} se ha migrado."
        " Para que {client} siga funcionando en su nombre, autorícelo de nuevo.",
        reminder_subject="Recordatorio: autorice de nuevo {client} en {account}",
        reminder="Todavía falta su autorización de {client} en la cuenta {account}.",
        link="Autorice aquí:",
        deadline="Plazo: {deadline}",
        decline="Si no quiere autorizarlo, rechácelo aquí:",
        otherwise="Hasta entonces, la autorización actual queda como está. Nadie puede autorizar en su lugar.",
        owner_subject="{client}: qué comprobar después de la migración de {account}",
        owner="La cuenta {account} se ha migrado, y los tokens de la integración {client} deben emitirse de nuevo.",
        unchanged="El identificador, el secreto y las direcciones de redirección de la integración no han cambiado.",
        hints={
            "subdomain": "Añada subdomain={subdomain} a la dirección de autorización de la integración.",
            "collect": "Después de cada autorización, recoja el token nuevo en un plazo de {minutes} minutos.",
            "machine": "Pida un token nuevo con las credenciales del cliente.",
            "credentials": "La autenticación básica y las claves de API no se renuevan: use OAuth en su lugar.",
        },
        closing="Este mensaje se envió automáticamente durante la migración de la cuenta.",
    ),
    "de": Words(
        greeting="Guten Tag, {name},",
        invitation_subject="Bitte autorisieren Sie {client} erneut in {account}",
        invitation="Das Konto {account} ist umgezogen."
        " Damit {client} weiter für Sie arbeitet, autorisieren Sie es erneut.",
        reminder_subject="Erinnerung: Bitte autorisieren Sie {client} erneut in {account}",
        reminder="Ihre Autorisierung von {client} im Konto {account} steht noch aus.",
        link="Autorisieren Sie hier:",
        deadline="Frist: {deadline}",
        decline="Wenn Sie nicht autorisieren möchten, lehnen Sie hier ab:",
        otherwise="Bis dahin bleibt die jetzige Autorisierung, wie sie ist. Niemand kann an Ihrer Stelle autorisieren.",
        owner_subject="{client}: was nach dem Umzug von {account} zu prüfen ist",
        owner="Das Konto {account} ist umgezogen, und die Tokens der Integration {client} sind neu auszustellen.",
        unchanged="ID, Geheimnis und Weiterleitungsadressen der Integration sind unverändert.",
        hints={
            "subdomain": "Ergänzen Sie subdomain={subdomain} in der Autorisierungsadresse der Integration.",
            "collect": "Holen Sie das neue Token nach jeder Autorisierung innerhalb von {minutes} Minuten ab.",
            "machine": "Fordern Sie mit den Zugangsdaten des Clients ein neues Token an.",
            "credentials": "Basic Authentication und API-Schlüssel werden nicht erneuert: Verwenden Sie OAuth.",
        },
        closing="Diese Nachricht wurde beim Umzug des Kontos automatisch gesendet.",
    ),
    "pl": Words(
        greeting="Dzień dobry, {name},",
        invitation_subject="Prosimy ponownie autoryzować {client} na koncie {account}",
        invitation="Konto {account} zostało przeniesione."
        " Aby {client} nadal działał w Twoim imieniu, autoryzuj go ponownie.",
        reminder_subject="Przypomnienie: prosimy ponownie autoryzować {client} na koncie {account}",
        reminder="Nadal brakuje Twojej autoryzacji dla {client} na koncie {account}.",
        link="Autoryzuj tutaj:",
        deadline="Termin: {deadline}",
        decline="Jeśli nie chcesz autoryzować, odmów tutaj:",
        otherwise="Do tego czasu obecna autoryzacja pozostaje bez zmian. Nikt nie może autoryzować za Ciebie.",
        owner_subject="{client}: co sprawdzić po przeniesieniu konta {account}",
        owner="Konto {account} zostało przeniesione, a tokeny integracji {client} trzeba wydać ponownie.",
        unchanged="Identyfikator, sekret i adresy przekierowania integracji nie zmieniły się.",
        hints={
            "subdomain": "Dodaj subdomain={subdomain} do adresu autoryzacji integracji.",
            "collect": "Po każdej autoryzacji odbierz nowy token w ciągu {minutes} min.",
            "machine": "Poproś o nowy token, używając danych uwierzytelniających klienta.",
            "credentials": "Uwierzytelnianie podstawowe i klucze API nie są odnawiane: użyj OAuth.",
        },
        closing="Ta wiadomość została wysłana automatycznie podczas przenoszenia konta.",
    ),
}
